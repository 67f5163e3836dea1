/** A value that JSON can carry without loss: what the wire, the journal and the digest all agree on. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
