#pragma once

#include <string>

#include "lake/cli/http_client.hpp"
#include "lake/cli/takeout_verb.hpp"

namespace lake::cli {

/// `dplake import takeout --server`: sends the archives as resumable uploads (or, with server_paths, only
/// their names), follows the job and prints its report. Ctrl-C cancels the job, and what was sent stays for
/// another try. Exit codes: those of takeout_verb().
int remote_takeout_verb(const Surroundings& around, const ServerAddress& address, const std::string& token,
                        const TakeoutArguments& arguments);

}  // namespace lake::cli
