/** Text, or a list or an object of such; objects have no prototype. */
export type FormValue = string | readonly FormValue[] | FormObject;
export interface FormObject {
  readonly [key: string]: FormValue;
}

export const formLimits = { maxDepth: 8, maxKeys: 2_000, maxIndex: 500 } as const;

interface Branch {
  readonly children: Map<string, Branch | string>;
  nextIndex: number;
}

const branch = (): Branch => ({ children: new Map(), nextIndex: 0 });

const wellFormedKey = /^[^[\]]+(\[[^[\]]*\])+$/;
const indexForm = /^(0|[1-9]\d{0,2})$/;

/** `a[b][0][]` as its steps; a key with stray brackets is one step, as it stands. */
const stepsOf = (key: string): readonly string[] => (wellFormedKey.test(key) ? key.slice(0, -1).split(/\]?\[/) : [key]);

const indexOf = (step: string): number | undefined => {
  const index = indexForm.test(step) ? Number(step) : undefined;
  return index !== undefined && index <= formLimits.maxIndex ? index : undefined;
};

/** The step's own name in this branch; `[]` is the next index. Undefined where there are too many. */
const nameIn = (parent: Branch, step: string, isFirst: boolean): string | undefined => {
  const index = step === "" && !isFirst ? parent.nextIndex : indexOf(step);
  if (index === undefined) return step;
  if (index > formLimits.maxIndex) return undefined;
  parent.nextIndex = Math.max(parent.nextIndex, index + 1);
  return String(index);
};

/** Puts the value where the steps lead; false where that place is taken by something of another form. */
const place = (root: Branch, steps: readonly string[], value: string): boolean => {
  let parent = root;
  for (const [depth, step] of steps.entries()) {
    const name = nameIn(parent, step, depth === 0);
    if (name === undefined || name === "__proto__") return false;
    const known = parent.children.get(name);
    if (depth === steps.length - 1) {
      if (known !== undefined && typeof known !== "string") return false;
      parent.children.set(name, value);
      return true;
    }
    if (typeof known === "string") return false;
    const next = known ?? branch();
    if (known === undefined) parent.children.set(name, next);
    parent = next;
  }
  return false;
};

/** Steps 0 … n-1 without a gap make a list, whatever their order; anything else is an object. */
const grown = (node: Branch): FormValue => {
  const size = node.children.size;
  if (node.nextIndex === size && [...node.children.keys()].every((name) => indexOf(name) !== undefined)) {
    return Array.from({ length: size }, (_, index) => valueOf(node.children.get(String(index)) ?? ""));
  }
  return objectOf(node);
};
const valueOf = (child: Branch | string): FormValue => (typeof child === "string" ? child : grown(child));
const objectOf = (node: Branch): FormObject => {
  const object = Object.create(null) as Record<string, FormValue>;
  for (const [name, child] of node.children) object[name] = valueOf(child);
  return object;
};

/**
 * `application/x-www-form-urlencoded` with PHP's brackets, as Kommo, amoCRM and Bitrix24 send it. Undefined where it has
 * more than 2,000 keys, is nested deeper than 8, names `__proto__`, or gives one place two forms. A number above 500 is
 * a name (amoCRM keys by id), never the length of a list. A repeated key has its last value, as in PHP.
 */
export const parseForm = (rawBody: Buffer): FormObject | undefined => {
  const text = rawBody.toString("utf8");
  let keys = 1;
  for (let at = text.indexOf("&"); at !== -1; at = text.indexOf("&", at + 1)) {
    keys += 1;
    if (keys > formLimits.maxKeys) return undefined;
  }
  const root = branch();
  for (const [key, value] of new URLSearchParams(text)) {
    const steps = stepsOf(key);
    if (steps.length > formLimits.maxDepth || !place(root, steps, value)) return undefined;
  }
  return objectOf(root);
};
