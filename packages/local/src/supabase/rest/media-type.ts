import { ApiError } from "../api-error.ts";
import { jsonType } from "../http.ts";

/** The form of a response's body. */
export interface MediaType {
  readonly shape: "rows" | "object" | "csv";
  readonly stripNulls: boolean;
  readonly contentType: string;
}

const objectType = "application/vnd.pgrst.object+json";
const arrayType = "application/vnd.pgrst.array+json";

/** The first type of `Accept` that we can give. @throws {ApiError} PGRST107 */
export const parseMediaType = (accept: string | undefined): MediaType => {
  for (const range of (accept ?? "*/*").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const stripNulls = parameters.includes("nulls=stripped");
    if (["*/*", "application/*", "application/json", "application/openapi+json"].includes(type)) {
      return { shape: "rows", stripNulls: false, contentType: jsonType };
    }
    if (type === arrayType) return { shape: "rows", stripNulls, contentType: `${arrayType}; charset=utf-8` };
    if (type === objectType || type === "application/vnd.pgrst.object") {
      return { shape: "object", stripNulls, contentType: `${objectType}; charset=utf-8` };
    }
    if (type === "text/csv") return { shape: "csv", stripNulls: false, contentType: "text/csv; charset=utf-8" };
  }
  throw new ApiError(406, "PGRST107", `None of these media types are available: ${accept ?? ""}`);
};
