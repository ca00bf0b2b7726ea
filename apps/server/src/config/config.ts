/** What the server runs with, decided once at start-up from the environment (`env.ts`) and `data/secrets.json`. */
export interface Config {
  readonly isDemo: boolean
  readonly host: string
  readonly port: number
  /** As people reach it, for links: `http://127.0.0.1:3000`. */
  readonly publicUrl: string
  readonly dataDir: string
  readonly database:
    | { readonly kind: 'sqlite'; readonly file: string }
    | { readonly kind: 'postgres'; readonly url: string }
  readonly state: { readonly kind: 'memory' } | { readonly kind: 'redis'; readonly url: string }
  readonly secrets: Secrets
  readonly admin: { readonly email: string; readonly password: string } | undefined
  readonly log: { readonly level: string; readonly isPretty: boolean }
  readonly cors:
    | { readonly kind: 'off' }
    | { readonly kind: 'any' }
    | { readonly kind: 'origins'; readonly origins: readonly string[] }
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  readonly metricsToken: string | undefined
  readonly allowPrivateUrls: boolean
  readonly identity: {
    readonly accessTokenSeconds: number
    readonly refreshTokenSeconds: number
    readonly minimumPasswordLength: number
    readonly signInsPerMinute: number
    readonly isRegistrationOpen: boolean
    readonly tokenQuota: number
  }
  readonly chat: { readonly requestsPerMinute: number; readonly defaultModel: string }
  readonly relay: {
    /** Largest request body, bytes. */
    readonly maxBodyBytes: number
    readonly connectTimeoutMs: number
    readonly firstByteTimeoutMs: number
    /** PROVIDER_MAX_IDLE_MS */
    readonly idleTimeoutMs: number
    /** PROVIDER_TIMEOUT_MS */
    readonly totalTimeoutMs: number
    /** SSE_HEARTBEAT_INTERVAL_MS */
    readonly heartbeatMs: number
    readonly maxAttempts: number
    /** How long to read on after the client left, to learn the usage. */
    readonly drainMs: number
    readonly drainBytes: number
  }
  readonly simulator: { readonly delayMs: number | undefined }
  /** How long a graceful stop waits for streams. */
  readonly shutdownMs: number
}

export interface Secrets {
  readonly jwtSecret: Uint8Array
  /** AES-256-GCM keys by id; the first one encrypts, all decrypt. */
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Uint8Array }[]
  /** Pepper of API key hashes. */
  readonly keyPepper: Uint8Array
}
