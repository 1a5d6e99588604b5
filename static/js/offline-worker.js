// Shows one page of ours when the server does not answer. It keeps that page and its files, and nothing else: no page
// with a person on it is ever stored. KEPT stands above: which version, which page, which files.
"use strict";

self.addEventListener("install", function (event) {
  // Without cookies: the page must be that of a stranger.
  var wanted = [KEPT.page].concat(KEPT.files).map(function (address) { return new Request(address, { credentials: "omit", cache: "reload" }); });
  event.waitUntil(caches.open(KEPT.version).then(function (cache) { return cache.addAll(wanted); }).then(function () { return self.skipWaiting(); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name !== KEPT.version; }).map(function (name) { return caches.delete(name); }));
  }).then(function () { return self.registration.navigationPreload ? self.registration.navigationPreload.enable() : null; })
    .then(function () { return self.clients.claim(); }));
});

async function page(event) {
  try {
    return await event.preloadResponse || await fetch(event.request);
  } catch (error) {
    return await caches.match(KEPT.page) || Response.error();
  }
}

async function file(event) {
  try {
    return await fetch(event.request);
  } catch (error) {
    return await caches.match(event.request) || Response.error();
  }
}

self.addEventListener("fetch", function (event) {
  var request = event.request, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) { return; }
  if (request.mode === "navigate") { event.respondWith(page(event)); return; }
  if (KEPT.files.indexOf(address.pathname + address.search) !== -1) { event.respondWith(file(event)); }
});
