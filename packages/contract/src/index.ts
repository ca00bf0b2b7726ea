export * from './errors.ts'
export * from './messages.ts'
export type * from './price.ts'
