/** The few globals of a page that its modules read when they are loaded: to be imported before them where there is none. */
const nothing = () => undefined
Object.assign(globalThis, {
  localStorage: { getItem: () => null, setItem: nothing, removeItem: nothing },
  addEventListener: nothing,
  document: { documentElement: {} },
})

export {}
