/**
 * Takes credentials out of a line of text, wherever they are in it: by the name of their field, and by what they look like.
 *
 * Guarantee: time is linear in the line. Strangers write parts of it (a path, a name), so no expression may begin anew at
 * each character of a run that it has just been through: a run is looked at from its first character only.
 */

const secretNames =
  'authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-goog-api-key|api-key|api_?key|key|secret|client_secret|password|new_?password|current_?password|token|access_?token|refresh_?token|id_token|code_verifier|pepper|encryption_?key|jwt_?secret'

/** `"password":"…"`, and a list of values, as far as it goes. */
const inField = `(?<field>"(?:${secretNames})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"|\\[[^\\]]*\\]?)`
/** The same inside a text that is itself JSON, `\"password\":\"…\"`, up to the next quotation mark of its level. */
const inText = `(?<text>(?<!\\\\)\\\\+"(?:${secretNames})\\\\+"\\s*:\\s*\\\\+")(?:[^"\\\\]|(?<!\\\\)\\\\{3,}"|\\\\(?!"))*`
const inQuery = '(?<query>[?&](?:key|api_?key|token|access_token|refresh_token|code|secret|password)=)[^&\\s"\'\\\\<>]+'
/** Up to the last `@`: a password may have some itself. */
const inUrl = '(?<url>:\\/\\/)[^\\s"\'\\\\/]+(?=@)'
/** Whoever has the link of a shared conversation can read it. */
const inPath = '(?<path>\\/shared\\/)[\\w-]{20,}'
const scheme = '(?<scheme>\\b(?:Bearer|Basic)\\s+)[\\w.~+/=-]{6,}'
const looksLikeKey = '\\b(?:cr_|sk-|sk_|AIza|ghp_|xox[abp]-)[\\w-]{10,}'
/** With what hangs before it: where the run of its characters begins is known, where in it a token begins is not. */
const looksLikeToken = '(?<![\\w-])(?=[\\w-]+\\.[\\w-]+\\.[\\w-])[\\w-]*?\\beyJ[\\w-]{8,}\\.[\\w-]+\\.[\\w-]+'

const pattern = new RegExp(
  [inField, inText, inQuery, inUrl, inPath, scheme, looksLikeKey, looksLikeToken].join('|'),
  'gi',
)

/** Lower-case texts of which each line with a secret has one, and few other lines do. */
const signs = ['\\"', '=', '://', '/shared/', 'bearer', 'basic', 'cr_', 'sk-', 'sk_', 'aiza', 'ghp_', 'xox', 'eyj']
const secretField = new RegExp(`"(?:${secretNames})"`)

/** /!\ Hot path: all lines come through here, and nearly all are let go after a glance. */
export function redactSecrets(line: string): string {
  const lower = line.toLowerCase()
  if (!secretField.test(lower) && !signs.some((sign) => lower.includes(sign))) return line
  return line.replace(pattern, (...found: unknown[]) => {
    const { field, text, query, url, path, scheme } = found.at(-1) as { [part: string]: string | undefined }
    return field === undefined ? `${text ?? query ?? url ?? path ?? scheme ?? ''}[redacted]` : `${field}"[redacted]"`
  })
}
