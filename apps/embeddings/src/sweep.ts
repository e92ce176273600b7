import type { Scope } from "./ports.ts";

export interface DueDocuments {
  /** Installation-wide: documents whose generation waits for vectors and that nobody holds, by document id. */
  due(page: {
    readonly stage: "embed";
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<readonly Scope[]>;
}

const pageSize = 200;

/** Every generation that waits for vectors, page by page. */
export const makeDue = (documents: DueDocuments) =>
  async function* due(): AsyncGenerator<Scope> {
    for (let after: string | undefined; ;) {
      const page = await documents.due({ stage: "embed", limit: pageSize, after });
      yield* page;
      if (page.length < pageSize) return;
      after = page.at(-1)?.documentId;
    }
  };
