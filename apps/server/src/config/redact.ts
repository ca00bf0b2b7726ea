/**
 * Takes credentials out of a line of text, wherever they are in it: by the name of their field, and by what they look like.
 */

const secretNames =
  'authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-goog-api-key|api-key|api_?key|key|secret|client_secret|password|new_?password|current_?password|token|access_?token|refresh_?token|id_token|code_verifier|pepper|encryption_?key|jwt_?secret'

/** `"password":"…"`, also inside a string that itself is JSON (`\"password\":\"…\"`), and with a list of values. */
const namedField = `(\\\\*"(?:${secretNames})\\\\*"\\s*:\\s*)(?:\\\\*"(?:[^"\\\\]|\\\\[^"])*\\\\*"|\\[[^\\]]*\\])`
const inQuery = '([?&](?:key|api_?key|token|access_token|refresh_token|code|secret|password)=)[^&\\s"\'\\\\<>]+'
const inUrl = '(:\\/\\/)[^\\s"\'\\\\/@]+@'
const scheme = '(\\b(?:Bearer|Basic)\\s+)[\\w.~+/=-]{6,}'
const looksLikeKey = '\\b(?:cr_|sk-|sk_|AIza|ghp_|xox[abp]-)[\\w-]{10,}'
const looksLikeToken = '\\beyJ[\\w-]{8,}\\.[\\w-]+\\.[\\w-]+'

const pattern = new RegExp([namedField, inQuery, inUrl, scheme, looksLikeKey, looksLikeToken].join('|'), 'gi')

export function redactSecrets(line: string): string {
  return line.replace(pattern, (_match, field?: string, query?: string, url?: string, word?: string) => {
    if (field !== undefined) return `${field}${field.startsWith('\\') ? '\\"[redacted]\\"' : '"[redacted]"'}`
    if (url !== undefined) return `${url}[redacted]@`
    return `${query ?? word ?? ''}[redacted]`
  })
}
