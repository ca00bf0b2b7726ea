export interface RequestOptions {
  /** A blob is sent as it is, everything else as JSON. */
  readonly body?: object
  readonly headers?: { readonly [name: string]: string }
  readonly signal?: AbortSignal
}
