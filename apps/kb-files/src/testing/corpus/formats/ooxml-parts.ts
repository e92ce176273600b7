/** What every Office Open XML package holds beside its parts. */
export const xml = (body: string): Buffer =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${body}`);
const relationshipsNs = "http://schemas.openxmlformats.org/package/2006/relationships";
export const officeRelations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
export const relationships = (items: readonly (readonly [id: string, type: string, target: string])[]): Buffer =>
  xml(
    `<Relationships xmlns="${relationshipsNs}">${items
      .map(([id, type, target]) => `<Relationship Id="${id}" Type="${officeRelations}/${type}" Target="${target}"/>`)
      .join("")}</Relationships>`,
  );
export const contentTypes = (overrides: readonly (readonly [part: string, type: string])[]): Buffer =>
  xml(
    `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ` +
      `ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides
        .map(
          ([part, type]) =>
            `<Override PartName="${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}+xml"/>`,
        )
        .join("")}</Types>`,
  );
