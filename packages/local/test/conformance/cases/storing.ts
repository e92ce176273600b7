import { expect } from "vitest";
import type { ConformanceCase, Target } from "../target.ts";
import { ok } from "../target.ts";

interface Refusal {
  readonly data: unknown;
  readonly error: { readonly message: string; readonly statusCode?: string } | null;
}

const statusCode = ({ error }: Refusal): string | undefined => error?.statusCode;

const makeBucket = async (
  { service }: Target,
  options: { public: boolean; fileSizeLimit?: number; allowedMimeTypes?: string[] } = { public: false },
) => {
  const name = `conformance-${crypto.randomUUID()}`;
  ok(await service.storage.createBucket(name, options));
  return { name, files: service.storage.from(name) };
};

const bytes = (size: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: size }, (_, i) => i % 251);

const content = async (download: { data: Blob | null; error: unknown }): Promise<Uint8Array> =>
  new Uint8Array(await ok(download).arrayBuffer());

export const storing: readonly ConformanceCase[] = [
  {
    name: "storage: a bucket's life",
    run: async (target) => {
      const { storage } = target.service;
      const { name, files } = await makeBucket(target, { public: false, fileSizeLimit: 1_000 });
      expect(ok(await storage.getBucket(name))).toMatchObject({ id: name, public: false, file_size_limit: 1_000 });
      expect(ok(await storage.listBuckets()).some((bucket) => bucket.id === name)).toBe(true);
      ok(await storage.updateBucket(name, { public: true }));
      expect(ok(await storage.getBucket(name)).public).toBe(true);
      expect(statusCode(await storage.createBucket(name))).toBe("409");
      ok(await files.upload("a.txt", bytes(3)));
      expect((await storage.deleteBucket(name)).error).not.toBeNull();
      ok(await storage.emptyBucket(name));
      ok(await storage.deleteBucket(name));
      expect(statusCode(await storage.getBucket(name))).toBe("404");
    },
  },
  {
    name: "storage: upload and download, byte for byte, with its type",
    run: async (target) => {
      const { name, files } = await makeBucket(target);
      const sent = bytes(300_000);
      const uploaded = ok(await files.upload("folder/data.bin", sent, { contentType: "application/x-test" }));
      expect(uploaded).toMatchObject({ path: "folder/data.bin", fullPath: `${name}/folder/data.bin` });
      const downloaded = ok(await files.download("folder/data.bin"));
      expect(downloaded.type).toBe("application/x-test");
      expect(Buffer.compare(await content({ data: downloaded, error: null }), sent)).toBe(0);
    },
  },
  {
    name: "storage: a Blob goes as a form",
    run: async (target) => {
      const { files } = await makeBucket(target);
      ok(await files.upload("note.txt", new Blob(["привет"], { type: "text/plain" })));
      const note = ok(await files.download("note.txt"));
      expect([await note.text(), note.type]).toEqual(["привет", "text/plain"]);
    },
  },
  {
    name: "storage: names with spaces and marks",
    run: async (target) => {
      const { files } = await makeBucket(target);
      const name = "a folder/it's (1) + more & = .txt";
      ok(await files.upload(name, bytes(5)));
      expect(await content(await files.download(name))).toHaveLength(5);
      expect(ok(await files.list("a folder")).map((entry) => entry.name)).toEqual(["it's (1) + more & = .txt"]);
    },
  },
  {
    name: "storage: a second upload is 409, with upsert it replaces",
    run: async (target) => {
      const { files } = await makeBucket(target);
      ok(await files.upload("a", bytes(3)));
      const again = await files.upload("a", bytes(4));
      expect(statusCode(again)).toBe("409");
      expect(again.error?.message).toBe("The resource already exists");
      ok(await files.upload("a", bytes(5), { upsert: true }));
      expect(await content(await files.download("a"))).toHaveLength(5);
      ok(await files.update("a", bytes(6)));
      expect(await content(await files.download("a"))).toHaveLength(6);
    },
  },
  {
    name: "storage: what is missing is 404",
    run: async (target) => {
      const { files } = await makeBucket(target);
      expect((await files.download("none")).error).not.toBeNull();
      const info = await files.info("none");
      expect([statusCode(info), info.error?.message]).toEqual(["404", "Object not found"]);
      const nowhere = await target.service.storage.from(`no-${crypto.randomUUID()}`).upload("a", bytes(1));
      expect([statusCode(nowhere), nowhere.error?.message]).toEqual(["404", "Bucket not found"]);
    },
  },
  {
    name: "storage: exists and info, with the metadata given",
    run: async (target) => {
      const { files } = await makeBucket(target);
      ok(await files.upload("a.txt", bytes(7), { contentType: "text/plain", metadata: { author: "я" } }));
      expect((await files.exists("a.txt")).data).toBe(true);
      expect((await files.exists("b.txt")).data).toBe(false);
      expect(ok(await files.info("a.txt"))).toMatchObject({
        name: "a.txt",
        size: 7,
        contentType: "text/plain",
        metadata: { author: "я" },
      });
    },
  },
  {
    name: "storage: a bucket's limits: size 413, type 415",
    run: async (target) => {
      const { files } = await makeBucket(target, { public: false, fileSizeLimit: 10, allowedMimeTypes: ["text/*"] });
      expect(statusCode(await files.upload("a", bytes(11), { contentType: "text/plain" }))).toBe("413");
      expect(statusCode(await files.upload("b", bytes(1), { contentType: "image/png" }))).toBe("415");
      ok(await files.upload("c", bytes(10), { contentType: "text/csv" }));
      expect(ok(await files.list()).map(({ name }) => name)).toEqual(["c"]);
    },
  },
  {
    name: "storage: list: folders without an id, sorted, searched and paged",
    run: async (target) => {
      const { files } = await makeBucket(target);
      for (const path of ["p/b.txt", "p/a.txt", "p/sub/c.txt", "p/sub/d.txt", "other.txt"])
        ok(await files.upload(path, bytes(2)));
      const names = (list: { name: string }[]): string[] => list.map(({ name }) => name);
      const entries = ok(await files.list("p"));
      expect(names(entries)).toEqual(["a.txt", "b.txt", "sub"]);
      expect(entries.map(({ id }) => id === null)).toEqual([false, false, true]);
      expect(names(ok(await files.list("p", { sortBy: { column: "name", order: "desc" } })))).toEqual([
        "sub",
        "b.txt",
        "a.txt",
      ]);
      expect(names(ok(await files.list("p", { search: "a" })))).toEqual(["a.txt"]);
      expect(names(ok(await files.list("p", { limit: 1, offset: 1 })))).toEqual(["b.txt"]);
      expect(ok(await files.list("nowhere"))).toEqual([]);
    },
  },
  {
    name: "storage: move and copy",
    run: async (target) => {
      const { files, name } = await makeBucket(target);
      ok(await files.upload("a", bytes(8)));
      expect(ok(await files.copy("a", "b/c")).path).toBe(`${name}/b/c`);
      ok(await files.move("a", "d"));
      expect(await content(await files.download("b/c"))).toHaveLength(8);
      expect(await content(await files.download("d"))).toHaveLength(8);
      expect((await files.exists("a")).data).toBe(false);
      expect(statusCode(await files.move("gone", "x"))).toBe("404");
      expect(statusCode(await files.copy("d", "b/c"))).toBe("409");
    },
  },
  {
    name: "storage: remove tells what was there",
    run: async (target) => {
      const { files } = await makeBucket(target);
      ok(await files.upload("a", bytes(1)));
      expect(ok(await files.remove(["a", "never"])).map(({ name }) => name)).toEqual(["a"]);
      expect((await files.exists("a")).data).toBe(false);
    },
  },
  {
    name: "storage: signed URLs open without a key, and only their object",
    run: async (target) => {
      const { files, name } = await makeBucket(target);
      ok(await files.upload("a b.txt", bytes(9)));
      ok(await files.upload("other", bytes(9)));
      const { signedUrl } = ok(await files.createSignedUrl("a b.txt", 60, { download: "имя.txt" }));
      const opened = await fetch(signedUrl);
      expect([opened.status, (await opened.arrayBuffer()).byteLength]).toEqual([200, 9]);
      expect(opened.headers.get("content-disposition")).toContain("attachment");
      expect((await fetch(signedUrl.replace("a%20b.txt", "other"))).status).toBe(400);
      expect((await fetch(`${target.url}/storage/v1/object/sign/${name}/other`)).status).toBe(400);
      const many = ok(await files.createSignedUrls(["a b.txt", "never"], 60));
      expect(many.map(({ error }) => error === null)).toEqual([true, false]);
      expect((await files.createSignedUrl("never", 60)).error?.message).toBe("Object not found");
    },
  },
  {
    name: "storage: signed uploads",
    run: async (target) => {
      const { name, files } = await makeBucket(target);
      const { token, path } = ok(await files.createSignedUploadUrl("in/box.txt"));
      const anonymous = target.anon.storage.from(name);
      ok(await anonymous.uploadToSignedUrl(path, token, bytes(4)));
      expect(await content(await files.download("in/box.txt"))).toHaveLength(4);
      expect((await anonymous.uploadToSignedUrl("in/other.txt", token, bytes(4))).error).not.toBeNull();
    },
  },
  {
    name: "storage: public buckets are open to all, private ones to nobody without a key",
    run: async (target) => {
      const open = await makeBucket(target, { public: true });
      const closed = await makeBucket(target);
      ok(await open.files.upload("a.txt", bytes(3)));
      ok(await closed.files.upload("a.txt", bytes(3)));
      expect((await fetch(open.files.getPublicUrl("a.txt").data.publicUrl)).status).toBe(200);
      expect((await fetch(closed.files.getPublicUrl("a.txt").data.publicUrl)).status).toBe(400);
    },
  },
  {
    name: "storage: policies bind everyone but the service role",
    run: async (target) => {
      const { name, files } = await makeBucket(target);
      ok(await files.upload("a", bytes(1)));
      const anonymous = target.anon.storage.from(name);
      const refused = await anonymous.upload("b", bytes(1));
      expect(statusCode(refused)).toBe("403");
      expect(refused.error?.message).toContain("row-level security");
      expect(ok(await anonymous.list())).toEqual([]);
      expect((await anonymous.download("a")).error).not.toBeNull();
      expect(ok(await anonymous.remove(["a"]))).toEqual([]);
    },
  },
  {
    name: "storage: no name leads out of its bucket",
    run: async (target) => {
      const { name, files } = await makeBucket(target);
      ok(await files.upload("inside", bytes(1)));
      for (const path of ["..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fx", "a%00b", "a%5c..%5cb"]) {
        const put = await target.raw(`/storage/v1/object/${name}/${path}`, {
          method: "POST",
          body: "x",
          headers: { "content-type": "text/plain" },
        });
        expect([path, put.status]).toEqual([path, 400]);
        expect((await target.raw(`/storage/v1/object/${name}/${path}`)).status).toBe(400);
      }
      expect(ok(await files.list()).map((entry) => entry.name)).toEqual(["inside"]);
    },
  },
];
