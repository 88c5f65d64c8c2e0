/** RFC 8410 §7: the fixed PKCS #8 wrapping of a 32-byte Ed25519 seed. */
export const pkcs8Ed25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** RFC 8410 §4: the fixed SubjectPublicKeyInfo before the 32 bytes of a public key. */
export const spkiEd25519 = Buffer.from("302a300506032b6570032100", "hex");
