import type { Key } from './kinds.ts';
import type { RowPage } from './page.ts';

/** A part of a filter. `narrow` clears the marks of the rows of a page that do not match; others than marked ones it does not look at. */
export interface Matcher {
  narrow(page: RowPage, marks: Uint8Array): void;
}

/** Rows that match each of the parts. */
export function allOf(parts: readonly Matcher[]): Matcher {
  return {
    narrow(page, marks) {
      for (const part of parts) part.narrow(page, marks);
    },
  };
}

/** Rows that match one of the parts or more. */
export function anyOf(parts: readonly Matcher[]): Matcher {
  return {
    narrow(page, marks) {
      const open = marks.slice();
      marks.fill(0);
      for (const part of parts) {
        const matched = open.slice();
        part.narrow(page, matched);
        for (let i = 0; i < marks.length; i++) {
          marks[i]! |= matched[i]!;
          open[i]! &= matched[i]! ^ 1;
        }
      }
    },
  };
}

/** Rows that do not match. */
export function noneOf(part: Matcher): Matcher {
  return {
    narrow(page, marks) {
      const matched = marks.slice();
      part.narrow(page, matched);
      for (let i = 0; i < marks.length; i++) marks[i]! &= matched[i]! ^ 1;
    },
  };
}

/** Rows whose cell passes a test. `keyOf` gives what it is tested by; that of null is null. */
export function cellMatches(column: string, keyOf: (value: never) => Key, test: (key: Key) => boolean): Matcher {
  return {
    narrow(page, marks) {
      const values = page.column(column);
      for (let i = 0; i < marks.length; i++) {
        if (marks[i] === 0) continue;
        const value = values[i] ?? null;
        if (!test(value === null ? null : keyOf(value as never))) marks[i] = 0;
      }
    },
  };
}
