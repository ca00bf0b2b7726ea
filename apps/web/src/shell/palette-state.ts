import { createStore } from '../api/store.ts'

export const isPaletteOpen = createStore(false)
