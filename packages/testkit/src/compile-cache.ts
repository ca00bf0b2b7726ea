/** For the environment of servers that tests start: they compile nothing that another process has compiled before. */
export const compileCache = { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }
