#include "lake/http/running_queries.hpp"

namespace lake::http {

void RunningQuery::attach(query::Session* session) {
  const MutexLock lock(mutex_);
  session_ = session;
}

void RunningQuery::cancel() {
  // The flag first: a session that has not begun yet looks at it when it does.
  *cancelled_ = true;
  const MutexLock lock(mutex_);
  if (session_ != nullptr) session_->cancel();
}

void RunningQuery::abandon() {
  cancel();
  if (pipe_ != nullptr) pipe_->close();
}

Result<std::shared_ptr<RunningQuery>> RunningQueries::add(const std::string& id) {
  const MutexLock lock(mutex_);
  const auto [entry, is_new] = queries_.try_emplace(id, nullptr);
  if (!is_new) return Error(ErrorCode::kAlreadyExists, "a query with this X-Request-Id is running: " + id);
  entry->second = std::make_shared<RunningQuery>();
  return entry->second;
}

void RunningQueries::remove(const std::string& id) {
  const MutexLock lock(mutex_);
  queries_.erase(id);
}

Status RunningQueries::cancel(const std::string& id) {
  std::shared_ptr<RunningQuery> query;
  {
    const MutexLock lock(mutex_);
    const auto found = queries_.find(id);
    if (found == queries_.end())
      return Error(ErrorCode::kNotFound, "no query with this id is running: " + id);
    query = found->second;
  }
  query->cancel();
  return ok();
}

std::map<std::string, std::shared_ptr<RunningQuery>> RunningQueries::all() {
  const MutexLock lock(mutex_);
  return queries_;
}

void RunningQueries::cancel_all() {
  for (const auto& [id, query] : all()) query->cancel();
}

void RunningQueries::abandon_all() {
  // Under the lock: a query that ends takes its pipe along, after it has left the list.
  const MutexLock lock(mutex_);
  for (const auto& [id, query] : queries_) query->abandon();
}

}  // namespace lake::http
