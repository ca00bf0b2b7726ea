import { call, dropSession, handleForm, hasSession, keepSession } from './session.js'
import { currentLanguage, showTexts, textOf } from './texts.js'

const find = (selector) => document.querySelector(selector)
let isRegistering = false
let person
let needsSetUp = false

showTexts(show)
handleForm(find('#sign-in'), async (fields) => {
  keepSession(await call('POST', isRegistering ? '/api/auth/register' : '/api/auth/login', fields))
  find('#sign-in').reset()
  await load()
})
find('#switch').addEventListener('click', () => {
  isRegistering = !isRegistering
  show()
  find('[name=email]').focus()
})
find('#sign-out').addEventListener('click', async () => {
  await call('POST', '/api/auth/logout').catch((error) => {
    if (error.status !== 401) throw error
  })
  dropSession()
  await load()
})
await load()

async function load() {
  try {
    person = hasSession() ? await call('GET', '/api/user/profile') : undefined
    needsSetUp = (await call('GET', '/api/setup')).is_needed
  } catch (error) {
    person = undefined
    find('#status').textContent = error.status === 401 ? '' : error.message
  }
  show()
}

function show() {
  find('#guest').hidden = person !== undefined
  find('#person').hidden = person === undefined
  find('#guest-title').textContent = textOf(isRegistering ? 'register' : 'signIn')
  find('#submit').textContent = textOf(isRegistering ? 'register' : 'signIn')
  find('#switch').textContent = textOf(isRegistering ? 'toSignIn' : 'toRegister')
  find('[name=password]').autocomplete = isRegistering ? 'new-password' : 'current-password'
  if (needsSetUp) find('#status').textContent = textOf('needsSetUp')
  if (person !== undefined) showPerson()
}

function showPerson() {
  const number = new Intl.NumberFormat(currentLanguage())
  find('#person-name').textContent = person.nickname ?? person.username
  find('#person-email').textContent = person.email
  find('#person-role').textContent = textOf(person.role)
  find('#person-usage').textContent = `${number.format(person.token_used)} / ${number.format(person.token_quota)}`
  find('#person-progress').value = person.token_quota === 0 ? 100 : (person.token_used / person.token_quota) * 100
}
