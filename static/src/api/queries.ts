import { QueryClient } from "@tanstack/react-query";
import { isApiError } from "./errors";

/** State is fetched, events only patch it: one cache of what the server said. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // What the server refused stays refused; what was not reached is tried again.
        retry: (count, error) =>
          (!isApiError(error) || error.status === 0 || error.status >= 502) && count < 3,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
