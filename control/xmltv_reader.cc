#include "control/xmltv_reader.h"

#include <expat.h>
#include <fmt/format.h>

#include <memory>

#include "core/guide/time_text.h"

namespace longmen {
namespace {

constexpr size_t kMaxElementBytes = 8 << 10;

std::string attribute(const XML_Char** attributes, std::string_view name) {
  for (; attributes[0]; attributes += 2) {
    if (attributes[0] == name) return attributes[1];
  }
  return "";
}

// Runs of white space, line breaks too, are one space.
std::string joined(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

class Reader {
 public:
  Reader() : parser_(XML_ParserCreate(nullptr), &XML_ParserFree) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &Reader::on_start, &Reader::on_end);
    XML_SetCharacterDataHandler(parser_.get(), &Reader::on_text);
    XML_SetEntityDeclHandler(parser_.get(), &Reader::on_entity);
  }

  ImportFile read(std::string_view text) {
    const auto status =
        XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (status != XML_STATUS_OK && stopped_.empty())
      stopped_ = fmt::format("no XML: {}", XML_ErrorString(XML_GetErrorCode(parser_.get())));
    if (!stopped_.empty()) {
      file_.lines.clear();
      file_.mistakes.push_back({line(), stopped_});
    }
    return std::move(file_);
  }

 private:
  static Reader& of(void* data) { return *static_cast<Reader*>(data); }
  static void XMLCALL on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    of(data).start(name, attributes);
  }
  static void XMLCALL on_end(void* data, const XML_Char* name) { of(data).end(name); }
  static void XMLCALL on_text(void* data, const XML_Char* text, int bytes) {
    Reader& reader = of(data);
    if (reader.text_.size() + static_cast<size_t>(bytes) <= kMaxElementBytes)
      reader.text_.append(text, static_cast<size_t>(bytes));
  }
  static void XMLCALL on_entity(void* data, const XML_Char*, int, const XML_Char*, int,
                                const XML_Char*, const XML_Char*, const XML_Char*,
                                const XML_Char*) {
    of(data).stop("it defines entities, which is not allowed");
  }

  int line() const { return static_cast<int>(XML_GetCurrentLineNumber(parser_.get())); }

  void stop(std::string words) {
    if (stopped_.empty()) stopped_ = std::move(words);
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void start(std::string_view name, const XML_Char** attributes) {
    ++depth_;
    text_.clear();
    if (depth_ > kMaxXmlDepth) return stop("too many elements in one another");
    if (depth_ == 1 && name != "tv") return stop("it is no XMLTV: the first element must be <tv>");
    if (depth_ == 2 && name == "programme") begin_programme(attributes);
    if (depth_ == 3) in_credits_ = name == "credits";
  }

  void end(std::string_view name) {
    const std::string text = joined(text_);
    text_.clear();
    if (depth_ == 4 && in_programme_ && in_credits_ && !text.empty()) now_.speakers.push_back(text);
    if (depth_ == 3 && in_programme_) {
      if (name == "title" && now_.series.empty()) now_.series = text;
      if (name == "sub-title" && now_.title.empty()) now_.title = text;
      if (name == "desc" && now_.description.empty()) now_.description = text;
      if (name == "category" && now_.theme.empty()) now_.theme = text;
      if (name == "language" && now_.language.empty()) now_.language = text;
    }
    if (depth_ == 2 && in_programme_) end_programme();
    --depth_;
  }

  void begin_programme(const XML_Char** attributes) {
    in_programme_ = true;
    in_credits_ = false;
    now_ = {};
    now_.line = line();
    now_.channel = attribute(attributes, "channel");
    fault_.clear();
    const auto begins = xmltv_time(attribute(attributes, "start"));
    const auto ends = xmltv_time(attribute(attributes, "stop"));
    if (!begins || !ends) {
      fault_ = fmt::format("{}: a time is needed, such as 20261126193000 +0800",
                           begins ? "stop" : "start");
    }
    now_.start_ms = begins.value_or(0);
    now_.end_ms = ends.value_or(0);
  }

  void end_programme() {
    in_programme_ = false;
    if (now_.title.empty()) now_.title = now_.series;
    if (!fault_.empty()) {
      file_.mistakes.push_back({now_.line, fault_});
    } else {
      file_.lines.push_back(std::move(now_));
    }
    now_ = {};
    if (file_.lines.size() + file_.mistakes.size() > kMaxImported)
      stop(fmt::format("more than {} programmes", kMaxImported));
  }

  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  ImportFile file_;
  ImportLine now_;
  std::string text_, fault_, stopped_;
  int depth_ = 0;
  bool in_programme_ = false, in_credits_ = false;
};

}  // namespace

ImportFile read_xmltv(std::string_view text) {
  return Reader().read(text);
}

}  // namespace longmen
