import { csrfToken, problemOf } from "./client";
import { apiError } from "./errors";
import { text } from "@/text";
import type { Dataset, ReadOptions } from "./types";

export interface UploadOptions {
  /** The dataset's name; the server makes one of the file's name otherwise. */
  readonly name?: string;
  /** The id of a dataset that gets a new version. */
  readonly dataset?: string;
  /** How to read it; what is left out is detected. */
  readonly options?: Partial<ReadOptions>;
  /** From 0 to 1 while the bytes go up, and how many went. */
  readonly onProgress?: (share: number, sent: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Sends a file to become a dataset. By XMLHttpRequest, the only way a browser tells how far an upload is. Rejects with
 * an `ApiError` when the server refuses it.
 */
export const uploadDataset = (file: File, options: UploadOptions = {}): Promise<Dataset> =>
  new Promise((resolve, reject) => {
    const form = new FormData();
    // The server takes parts in their order: what it must know of the file goes first.
    if (options.name !== undefined) form.set("name", options.name);
    if (options.dataset !== undefined) form.set("dataset", options.dataset);
    if (options.options !== undefined) form.set("options", JSON.stringify(options.options));
    form.set("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", "/api/datasets");
    request.setRequestHeader("X-CSRF-Token", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded / event.total, event.loaded);
    });
    request.addEventListener("load", () => {
      if (request.status < 200 || request.status > 299) {
        reject(problemOf(request.status, request.responseText));
        return;
      }
      const answer: Dataset = JSON.parse(request.responseText);
      resolve(answer);
    });
    request.addEventListener("error", () => {
      reject(apiError(text.errors.unreachable, { code: "unreachable", cure: text.errors.unreachableCure }));
    });
    request.addEventListener("abort", () => {
      reject(apiError(text.errors.uploadStopped, { code: "aborted" }));
    });
    options.signal?.addEventListener("abort", () => {
      request.abort();
    });
    request.send(form);
  });
