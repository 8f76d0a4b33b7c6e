import { csrfToken, problemOf } from "./client";
import { apiError } from "./errors";
import { text } from "@/text";
import type { Dataset } from "./types";

export interface UploadOptions {
  /** The dataset's name; the server makes one of the file's name otherwise. */
  readonly name?: string;
  /** From 0 to 1 while the bytes go up. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Sends a file to become a dataset. By XMLHttpRequest, the only way a browser tells how far an upload is. Rejects with
 * an `ApiError` when the server refuses it.
 */
export const uploadDataset = (file: File, options: UploadOptions = {}): Promise<Dataset> =>
  new Promise((resolve, reject) => {
    const form = new FormData();
    form.set("file", file, file.name);
    if (options.name !== undefined) form.set("name", options.name);
    const request = new XMLHttpRequest();
    request.open("POST", "/api/datasets");
    request.setRequestHeader("X-CSRF-Token", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded / event.total);
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
