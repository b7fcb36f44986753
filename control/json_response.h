// The forms that answers of control's API share.
#pragma once

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "control/decided.h"
#include "net/http_message.h"

namespace longmen {

inline HttpResponse json_response(const boost::json::value& value) {
  HttpResponse response;
  response.fields.set("Content-Type", "application/json");
  response.fields.set("Cache-Control", "no-store");
  response.content = boost::json::serialize(value);
  return response;
}

// To the log, but not for each request (control/paused_log.h). On the io thread.
void log_store_problem(const Error& error);
HttpResponse store_problem(const Error& error);

inline HttpResponse refusal(const HttpProblem& problem) {
  if (problem.status == 503) return http_problem_for_now(503, problem.words, 5);
  HttpResponse response = http_problem(problem);
  // RFC 9110 §11.6.1 wants a challenge; no browser knows this scheme, so none asks by itself.
  if (problem.status == 401)
    response.fields.set("WWW-Authenticate", "LongmenSignIn realm=\"studio\"");
  return response;
}

// RFC 6750 §3, for who came with a token.
inline void challenge_token(HttpResponse& response) {
  response.fields.set("WWW-Authenticate", "Bearer realm=\"studio\", error=\"invalid_token\"");
}
inline HttpResponse refusal_to(const HttpRequest& request, const HttpProblem& problem) {
  HttpResponse response = refusal(problem);
  if (problem.status == 401 && request.fields.contains("Authorization")) challenge_token(response);
  return response;
}

// Of a Result<Decided<T>> that is not a T.
template <class T>
HttpResponse refusal(const Result<Decided<T>>& outcome) {
  return outcome ? refusal(outcome->error()) : store_problem(outcome.error());
}
template <class T>
bool is_done(const Result<Decided<T>>& outcome) {
  return outcome && *outcome;
}

}  // namespace longmen
