import Type from 'typebox';

/** Most entries of one registry, over all folders. */
export const registryEntriesMax = 100_000;

/** An object that takes no other fields. */
export const closed = { additionalProperties: false } as const;
/** A list of entries. */
export const list = { maxItems: registryEntriesMax } as const;
/** A text for people. */
export const text = Type.String({ minLength: 1, maxLength: 200 });
/** An id. */
export const slug = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 });
/** A civil date; whether the day exists is checked later. */
export const date = Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$' });
/** A title in both languages. */
export const title = Type.Object({ vi: text, en: text }, closed);
