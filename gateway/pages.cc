#include "gateway/pages.h"

#include <algorithm>
#include <string>

namespace longmen {
namespace {

// Everything from here alone; workers and media also from what the page made itself (hls.js: its
// tracks of captions begin as "data:,WEBVTT").
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'";

bool is_spa_path(std::string_view path) {
  return path == "/screen" || path == "/tally" || path == "/publish" || path == "/library" ||
         path == "/studio" || path.starts_with("/studio/");
}

// "/studio/link" is the studio's page too: what follows is the page's own business.
std::string_view page_of_spa_path(std::string_view path) {
  return path.substr(0, path.find('/', 1));
}

HttpResponse not_a_page(const HttpRequest& request, const Page* page) {
  const std::string_view allow = "GET, HEAD, OPTIONS";
  if (!page) return http_problem(404, "nothing is here");
  HttpResponse response;
  if (request.method == "OPTIONS") {
    response.status = 204;
  } else {
    response = http_problem(405, "pages can be read, nothing else");
  }
  response.fields.set("Allow", allow);
  return response;
}

}  // namespace

const Page* find_page(std::span<const Page> pages, std::string_view path) {
  const auto found = std::lower_bound(
      pages.begin(), pages.end(), path,
      [](const Page& page, std::string_view wanted) { return page.path < wanted; });
  return found != pages.end() && found->path == path ? &*found : nullptr;
}

const Page* page_for_visitor(std::span<const Page> pages, std::string_view path, bool studio) {
  if (!studio &&
      (path == "/tally" || path == "/tally.html" || path == "/publish" || path == "/publish.html" ||
       path == "/studio" || path == "/studio.html" || path.starts_with("/studio/")))
    return nullptr;
  if (path == "/") return find_page(pages, "/index.html");
  if (is_spa_path(path)) {
    const Page* own = find_page(pages, std::string(page_of_spa_path(path)) + ".html");
    return own ? own : find_page(pages, "/index.html");
  }
  return find_page(pages, path);
}

HttpResponse serve_page(std::span<const Page> pages, const HttpRequest& request, bool studio) {
  const Page* page = page_for_visitor(pages, request.target.path, studio);
  if (!page || (request.method != "GET" && request.method != "HEAD"))
    return not_a_page(request, page);
  const bool gzip = !page->gzip.empty() && accepts_encoding(request.fields, "gzip");
  std::string etag(page->etag);
  if (gzip) etag.insert(etag.size() - 1, "-gzip");  // a strong tag names one encoding
  HttpResponse response;
  response.fields.set("ETag", etag);
  response.fields.set("Cache-Control",
                      page->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (!page->gzip.empty()) response.fields.set("Vary", "Accept-Encoding");
  if (none_match_names(request.fields, etag)) {
    response.status = 304;
    return response;
  }
  response.fields.set("Content-Type", page->content_type);
  response.fields.set("X-Content-Type-Options", "nosniff");
  if (gzip) response.fields.set("Content-Encoding", "gzip");
  if (page->content_type.starts_with("text/html")) {
    response.fields.set("Content-Security-Policy", kContentSecurityPolicy);
    response.fields.set("Referrer-Policy", "no-referrer");
    response.fields.set("Cross-Origin-Opener-Policy", "same-origin");
  }
  response.constant = gzip ? page->gzip : page->bytes;
  return response;
}

}  // namespace longmen
