// The tablet's service worker: pages come from the network; when it is gone, from what was kept, or the plain form that
// can rate any affair.
const worker = self as unknown as ServiceWorkerGlobalScope;

const store = "haochaping-tablet-1";
const offline = "/ping/pb/offline.html";
// A network that does not answer is as good as gone: nobody waits longer for a page.
const patience = 6_000;
// So is a proxy whose server is gone, and a server that can't store.
const gone = [502, 503, 504];
const fixed = [offline, "/ping/pb/thanks.html", "/ping/pb/ready.html"];

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(store).then(async (cache) => {
      await cache.addAll(fixed);
      const page = await (await cache.match(offline))?.text();
      const assets = page?.match(/\/ping\/assets\/[\w.]+/g) ?? [];
      await cache.addAll([...new Set(assets)]);
      await worker.skipWaiting();
    }),
  );
});

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

function fromNetwork(request: Request): Promise<Response> {
  if (request.mode !== "navigate") return fetch(request);
  const tooLong = new Promise<never>((_, fail) => setTimeout(() => fail(new Error("too long")), patience));
  const answer = fetch(request).then((given) => {
    if (gone.includes(given.status)) throw new Error("gone");
    return given;
  });
  return Promise.race([answer, tooLong]);
}

worker.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET") return;
  event.respondWith(
    fromNetwork(request).catch(async () => {
      const kept = await caches.match(request, { ignoreVary: true });
      if (kept) return kept;
      if (request.mode === "navigate") return (await caches.match(offline)) ?? Response.error();
      return Response.error();
    }),
  );
});
