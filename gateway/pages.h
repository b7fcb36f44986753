// The pages, as they were embedded into the executable when it was built, and how they are served:
// which file a path means, in which encoding, how long a browser may keep it, and what the page may
// do (a strict Content-Security-Policy). The list is made by scripts/embed_pages.mjs. Knows no
// connection. RFC 9110 §8.8, §13; RFC 9111; CSP Level 3.
#pragma once

#include <span>
#include <string_view>

#include "net/http_message.h"

namespace longmen {

struct Page {
  std::string_view path;  // "/assets/home-3f2a.js"
  std::string_view content_type;
  std::string_view etag;  // of `bytes`, with its quotes
  ByteSpan bytes;
  ByteSpan gzip;           // empty: not smaller
  bool immutable = false;  // the name holds a hash of the content
};

// Sorted by path; lives as long as the process.
std::span<const Page> embedded_pages();

// The file of exactly that path, or null.
const Page* find_page(std::span<const Page> pages, std::string_view path);
// The page that a visitor's address shows, or null: "/" is index.html, "/screen" and, when there is
// a studio on this node, "/studio", "/tally" and "/publish" their own file or index.html; other
// paths as they stand.
const Page* page_for_visitor(std::span<const Page> pages, std::string_view path, bool studio);

// For GET, HEAD and whatever else is asked of a path that no other route answers.
HttpResponse serve_page(std::span<const Page> pages, const HttpRequest& request, bool studio);

}  // namespace longmen
