import { inspect } from "node:util";

/**
 * A value that only `reveal()` gives out. Printing it, serialising it, interpolating it or inspecting it (also with
 * `showHidden`) yields "[secret]": the text lives in a closure, so there is no property to find it in.
 * Other packages take secrets structurally, as `{ reveal(): string }`.
 */
export interface Secret {
  reveal(): string;
  /** Always "[secret]". */
  toString(): string;
}

const shown = "[secret]";

export const makeSecret = (text: string): Secret => {
  const secret = {};
  const hidden = {
    reveal: () => text,
    toString: () => shown,
    toJSON: () => shown,
    [Symbol.toPrimitive]: () => shown,
    [inspect.custom]: () => shown,
  };
  for (const key of Reflect.ownKeys(hidden)) {
    Object.defineProperty(secret, key, { value: Reflect.get(hidden, key), enumerable: false });
  }
  return Object.freeze(secret) as Secret;
};
