export * from './neutral.ts'
export type * from './wire.ts'
export * from './sse.ts'
export { isObject } from './fields.ts'
