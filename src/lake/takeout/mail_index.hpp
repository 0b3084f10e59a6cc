#pragma once

#include "lake/takeout/product.hpp"

namespace lake::takeout {

/// The index of a mailbox: a row of mail_message for each message, with its place and what its headers tell,
/// the same as kMailMbox gives, but no texts and attachments: their columns are NULL. Errors, memory and
/// threads: as Product::parse.
Result<ParseEnd> index_mbox(const EntryHead& head, Content& content, EntrySink& sink);

}  // namespace lake::takeout
