const internalDatabase = /haidang_(?:public|internal|restricted)\b/g;
const innerPart =
  /(?:: )?(?:In scope |While (?:executing|processing) |\(in query: |Stack trace|: In scope )[^]*$/;
const version = /\s*\(version [^)]*(?:\([^)]*\))?\)\.?/g;
const path = /(?<![\w'"])\/(?:[\w.~-]+\/)+[\w.~-]*/g;
const uuid = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const messageLengthMax = 600;

/**
 * An engine's message as a stranger may read it: no text of views, internal tables and databases, no paths, no
 * version, no stack.
 */
export function publicMessage(message: string): string {
  return message
    .replace(/^(?:Code: \d+\. )?(?:DB::Exception: )+/, '')
    .replace(innerPart, '')
    .replaceAll(version, '')
    .replaceAll(internalDatabase, 'haidang')
    .replaceAll(/\b_?raw_(\w+)/g, '$1')
    .replaceAll(/__table\d+\./g, '')
    .replaceAll(path, '…')
    .replaceAll(uuid, '…')
    .replace(/Maybe you meant[^]*$/, '')
    .trim()
    .slice(0, messageLengthMax);
}
