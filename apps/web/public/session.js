/** Talking to the API, and staying signed in. */
import { currentLanguage, textOf } from './texts.js'

const storageKey = 'parley.session'

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message)
    this.status = status
    this.code = code
  }
}

export function hasSession() {
  return localStorage.getItem(storageKey) !== null
}

export function keepSession({ token, refresh_token }) {
  localStorage.setItem(storageKey, JSON.stringify({ token, refresh_token }))
}

export function dropSession() {
  localStorage.removeItem(storageKey)
}

/** What the server answers, or an ApiError with a text to show. */
export async function call(method, path, body) {
  const session = JSON.parse(localStorage.getItem(storageKey) ?? 'null')
  try {
    return await send(method, path, { body, token: session?.token })
  } catch (error) {
    if (error.status !== 401 || session === null) throw error
    return send(method, path, { body, token: await refreshedToken(session) })
  }
}

async function refreshedToken({ refresh_token }) {
  try {
    const renewed = await send('POST', '/api/auth/refresh', { body: { refresh_token } })
    keepSession(renewed)
    return renewed.token
  } catch (error) {
    if (error.status === 401) dropSession()
    throw error
  }
}

async function send(method, path, { body, token }) {
  const headers = { 'accept-language': currentLanguage() }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) }).catch(() => {
    throw new ApiError(0, 'offline', textOf('offline'))
  })
  const answer = await response.json()
  if (!response.ok) throw new ApiError(response.status, answer.code, answer.error)
  return answer.data
}

/** Sends a form's fields with `work` when it is submitted, one at a time, and shows what went wrong. */
export function handleForm(form, work) {
  const problem = form.querySelector('.problem')
  const button = form.querySelector('[type=submit]')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    problem.textContent = ''
    button.disabled = true
    try {
      await work(Object.fromEntries(new FormData(form)))
    } catch (error) {
      problem.textContent = error.message
    } finally {
      button.disabled = false
    }
  })
}
