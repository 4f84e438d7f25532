/** Columns of one row: name, type and value as PostgreSQL writes them. */
export type Row = readonly (readonly [name: string, type: keyof typeof types, value: string])[];

const types = { bool: 16, text: 25, json: 114, 'text[]': 1009 } as const;

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Of a prepared statement: it was read, and its parameters too. */
export const statementDone = Buffer.concat([message('1', Buffer.alloc(0)), message('2', Buffer.alloc(0))]);
export const complete = message('C', Buffer.from('SELECT 1\0'));
export const ready = message('Z', Buffer.from('T'));

/** The description of this row, and the row so many times. */
export function rows(row: Row, times: number): Buffer {
  return Buffer.concat([describe(row), ...Array.from({ length: times }, () => dataOf(row))]);
}

function describe(row: Row): Buffer {
  const fields = row.map(([name, type]) => {
    const field = Buffer.alloc(18);
    field.writeInt32BE(types[type], 6);
    field.writeInt16BE(1, 10);
    return Buffer.concat([Buffer.from(`${name}\0`), field]);
  });
  return message('T', Buffer.concat([count(row), ...fields]));
}

function dataOf(row: Row): Buffer {
  const fields = row.map(([, , value]) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value)]);
  });
  return message('D', Buffer.concat([count(row), ...fields]));
}

function count(row: Row): Buffer {
  const number = Buffer.alloc(2);
  number.writeInt16BE(row.length);
  return number;
}
