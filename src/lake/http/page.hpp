#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "lake/http/message.hpp"

namespace lake::http {

struct Door;

/// One file of the page, as src/lake/http/page/embed.py put it into the program.
struct PageFile {
  std::string_view name;
  std::string_view content_type;
  std::string_view tag;  // of its content, with quotes: an ETag
  std::string_view content;
};
/// All of them, by name; together less than kPageBytesMax.
std::span<const PageFile> page_files();
constexpr std::size_t kPageBytesMax = 60'000;

/// `/`: the page, or, with `?token=`, the cookie that lets the browser in.
Answer get_page(Door& door, const Request& request);
/// `/page/{file}`: what the page loads.
Answer get_page_file(Door& door, const Request& request);

/// A file of the page; 304 when the request knows its tag. Errors: 404. The page loads nothing from anywhere
/// else: its content security policy allows scripts, styles, pictures and connections of this server only,
/// and no text as a script or as HTML.
Answer page_answer(std::string_view name, const Request& request);

/// What a browser that is not let in is shown instead of an error envelope; empty for everybody else.
std::optional<Answer> locked_page(const Request& request, const Failure& failure);

}  // namespace lake::http
