// The browser's own Ed25519.

/** `verifyEd25519(publicKey, message, signature)` of WebCrypto, or null where a page has none (plain http,
 *  older engines). */
export async function ofWebCrypto(subtle) {
  if (!subtle) return null;
  const load = (key) => subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  try {
    await load(new Uint8Array(32).fill(1)); // any key: asks only whether the algorithm is there
  } catch {
    return null;
  }
  return async (key, message, signature) => {
    try {
      return await subtle.verify({ name: "Ed25519" }, await load(key), signature, message);
    } catch (error) {
      if (error.name === "DataError") return false; // a key that is no point of the curve has signed nothing
      throw error;
    }
  };
}
