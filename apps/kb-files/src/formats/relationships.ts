import { posix } from "node:path";
import type { ZipFile } from "../zip-file.ts";
import { elements, parseXml } from "./xml-tree.ts";

export interface Relationship {
  readonly id: string;
  /** The last word of its type: "slide", "notesSlide". Transitional and strict files differ only before it. */
  readonly type: string;
  /** The entry's name in the archive. */
  readonly target: string;
}

/** What a part of an OOXML package refers to inside the package; a part without references has none. */
export const readRelationships = async (zip: ZipFile, part: string): Promise<Relationship[]> => {
  const bytes = await zip.read(posix.join(posix.dirname(part), "_rels", `${posix.basename(part)}.rels`));
  if (bytes === undefined) return [];
  return elements(await parseXml(bytes)).flatMap(({ attributes: { Id, Type, Target, TargetMode } }) =>
    Id === undefined || Target === undefined || TargetMode === "External"
      ? []
      : [
          {
            id: Id,
            type: Type?.slice(Type.lastIndexOf("/") + 1) ?? "",
            target: posix.resolve("/", posix.dirname(part), Target).slice(1),
          },
        ],
  );
};
