/** What of the chat the command line does straight in the database. */
export { resealFiles } from './attachments/reseal.ts'
export { rebuildIndex } from './search/index-keeping.ts'
