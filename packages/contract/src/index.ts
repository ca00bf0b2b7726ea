export * from './errors.ts'
export * from './messages.ts'
export * from './money.ts'
export type * from './price.ts'
