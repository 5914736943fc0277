// examples/sign.ts
import { isKeyFormatError, p256, sha256 } from '@vde/crypto';

const message = new TextEncoder().encode('passport 7');
console.log(sha256(message).length); // 32

const { privateKey, publicKey } = p256.generateKeyPair();
const signature = p256.sign(privateKey, message);
const pem = p256.exportPublicKey(publicKey, 'pem'); // keep it outside the image

export const genuine = p256.verify(p256.importPublicKey(pem), message, signature);
console.log(genuine); // true

try {
  p256.importPublicKey('no key');
} catch (error) {
  if (isKeyFormatError(error)) console.log(error.message); // P-256 public key: found text without a PEM block, ...
}
