import type { Scope } from "./ports.ts";

export interface DueDocuments {
  /** Installation-wide: documents whose graph is pending and that nobody holds, by document id. */
  due(page: {
    readonly stage: "graph";
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<readonly Scope[]>;
}

const pageSize = 200;

/** Every generation whose graph is pending, page by page. */
export const makeDue = (documents: DueDocuments) =>
  async function* due(): AsyncGenerator<Scope> {
    for (let after: string | undefined; ;) {
      const page = await documents.due({ stage: "graph", limit: pageSize, after });
      yield* page;
      if (page.length < pageSize) return;
      after = page.at(-1)?.documentId;
    }
  };
