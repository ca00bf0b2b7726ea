import { call, handleForm, keepSession } from './session.js'
import { showTexts, textOf } from './texts.js'

// The token is behind the #, so that it reaches no server's log on its way here.
const token = location.hash.slice(1)
const form = document.querySelector('#set-up')
const { is_needed: isNeeded } = await call('GET', '/api/setup')

showTexts(() => {
  if (isNeeded && token !== '') return
  form.hidden = true
  document.querySelector('#explanation').textContent = textOf(isNeeded ? 'setUpLinkMissing' : 'setUpDone')
})
handleForm(form, async (fields) => {
  keepSession(await call('POST', '/api/setup', { token, ...fields }))
  location.replace('/')
})
