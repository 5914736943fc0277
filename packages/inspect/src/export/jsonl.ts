import type { TableColumn } from '@vde/format';
import { type JsonValue, jsonValue } from '../values.ts';
import type { TextExport } from './export.ts';

/** A table as JSON lines: the row objects of `show/1` with the columns that were asked for, one a line. */
export function jsonlExport(columns: readonly TableColumn[]): TextExport {
  return {
    head: '',
    page({ count, values }) {
      let text = '';
      for (let row = 0; row < count; row++) {
        const object: Record<string, JsonValue> = {};
        for (const [c, { id, kind, names }] of columns.entries())
          object[id] = jsonValue({ kind, value: values[c]![row]!, ...(names && { names }) });
        text += `${JSON.stringify(object)}\n`;
      }
      return text;
    },
  };
}
