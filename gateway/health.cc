#include "gateway/health.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace longmen {

void add_health_routes(HttpRouter& router, std::function<Readiness()> readiness) {
  router.add({"/livez", "GET", [](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
                HttpResponse response;
                response.fields.set("Content-Type", "application/json");
                response.fields.set("Cache-Control", "no-store");
                response.content = R"({"live":true})";
                co_return response;
              }});
  router.add(
      {"/readyz", "GET",
       [readiness = std::move(readiness)](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
         const Readiness now = readiness();
         HttpResponse response;
         response.status = now.ready() ? 200 : 503;
         response.fields.set("Content-Type", "application/json");
         response.fields.set("Cache-Control", "no-store");
         if (!now.ready()) response.fields.set("Retry-After", "1");
         response.content = boost::json::serialize(boost::json::object{
             {"ready", now.ready()},
             {"checks", boost::json::object{{"relay", now.relay},
                                            {"channels", now.channels},
                                            {"pictures", now.pictures},
                                            {"http", now.http},
                                            {"https", now.https}}},
             {"without_picture",
              boost::json::array(now.without_picture.begin(), now.without_picture.end())}});
         co_return response;
       }});
}

}  // namespace longmen
