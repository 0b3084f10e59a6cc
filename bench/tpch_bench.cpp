// Queries in the shape of TPC-H at scale 1, over the lake's files and over DuckDB's own file with the same
// rows. Tells how far open files are from the engine's own storage; no goal.
#include "measure.hpp"

namespace lake::bench {
namespace {

constexpr int kRounds = 7;

/// A number below `bound` that depends on `seed` and the row.
std::string pick(const char* seed, const char* bound) {
  return std::string("(hash(i * 31 + ") + seed + ") % " + bound + ")::INTEGER";
}
std::string one_of(const char* seed, const char* list, const char* count) {
  return std::string("(") + list + ")[1 + " + pick(seed, count) + "]";
}
std::string date_of(const char* seed) { return "DATE '1992-01-01' + " + pick(seed, "2400"); }

/// Definitions of the tables: name and query. Sizes are those of scale 1.
std::vector<std::pair<std::string, std::string>> tables() {
  const std::string segments = "['AUTOMOBILE','BUILDING','FURNITURE','HOUSEHOLD','MACHINERY']";
  const std::string priorities = "['1-URGENT','2-HIGH','3-MEDIUM','4-NOT SPECIFIED','5-LOW']";
  const std::string modes = "['AIR','FOB','MAIL','RAIL','REG AIR','SHIP','TRUCK']";
  return {
      {"nation",
       "select i::INTEGER n_nationkey, 'NATION ' || i n_name, (i % 5)::INTEGER n_regionkey from range(25) "
       "r(i)"},
      {"supplier", "select i::BIGINT s_suppkey, " + pick("1", "25") + " s_nationkey from range(10000) r(i)"},
      {"customer", "select i::BIGINT c_custkey, 'Customer#' || i c_name, " + pick("2", "25") +
                       " c_nationkey, " + one_of("3", segments.c_str(), "5") + " c_mktsegment, (" +
                       pick("4", "1000000") + " / 100.0)::DECIMAL(15,2) c_acctbal from range(150000) r(i)"},
      {"part", "select i::BIGINT p_partkey, ['PROMO','STANDARD','SMALL','MEDIUM','LARGE'][1 + " +
                   pick("5", "5") + "] || ' BRUSHED' p_type, 'Brand#' || " + pick("6", "25") +
                   " p_brand from range(200000) r(i)"},
      {"orders", "select i::BIGINT o_orderkey, " + pick("7", "150000") + "::BIGINT o_custkey, " +
                     date_of("8") + " o_orderdate, " + one_of("9", priorities.c_str(), "5") +
                     " o_orderpriority, 0 o_shippriority, (" + pick("10", "50000000") +
                     " / 100.0)::DECIMAL(15,2) o_totalprice from range(1500000) r(i)"},
      {"lineitem", "select (i // 4)::BIGINT l_orderkey, " + pick("11", "200000") + "::BIGINT l_partkey, " +
                       pick("12", "10000") + "::BIGINT l_suppkey, (i % 4)::INTEGER l_linenumber, (1 + " +
                       pick("13", "50") + ")::DECIMAL(15,2) l_quantity, (" + pick("14", "10000000") +
                       " / 100.0)::DECIMAL(15,2) l_extendedprice, (" + pick("15", "11") +
                       " / 100.0)::DECIMAL(15,2) l_discount, (" + pick("16", "9") +
                       " / 100.0)::DECIMAL(15,2) l_tax, " + one_of("17", "['A','N','R']", "3") +
                       " l_returnflag, " + one_of("18", "['F','O']", "2") + " l_linestatus, " +
                       date_of("19") + " l_shipdate, " + date_of("20") + " l_commitdate, " + date_of("21") +
                       " l_receiptdate, " + one_of("22", modes.c_str(), "7") +
                       " l_shipmode from range(6000000) r(i)"},
  };
}

std::vector<std::pair<std::string, std::string>> queries() {
  const std::string revenue = "sum(l_extendedprice * (1 - l_discount))";
  return {
      {"Q1", "select l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), " + revenue +
                 ", sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), avg(l_quantity), avg(l_discount), "
                 "count(*) "
                 "from lineitem where l_shipdate <= DATE '1998-05-01' group by all order by all"},
      {"Q3", "select l_orderkey, " + revenue +
                 " revenue, o_orderdate, o_shippriority from customer, orders, lineitem "
                 "where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey and "
                 "o_orderdate < DATE '1995-03-15' and l_shipdate > DATE '1995-03-15' group by all "
                 "order by revenue desc, o_orderdate limit 10"},
      {"Q4",
       "select o_orderpriority, count(*) from orders where o_orderdate >= DATE '1993-07-01' and o_orderdate "
       "< "
       "DATE '1993-10-01' and exists (select * from lineitem where l_orderkey = o_orderkey and "
       "l_commitdate < l_receiptdate) group by all order by all"},
      {"Q5", "select n_name, " + revenue +
                 " revenue from customer, orders, lineitem, supplier, nation where c_custkey = "
                 "o_custkey and l_orderkey = o_orderkey and l_suppkey = s_suppkey and c_nationkey = "
                 "s_nationkey and "
                 "s_nationkey = n_nationkey and n_regionkey = 2 and o_orderdate >= DATE '1994-01-01' and "
                 "o_orderdate < "
                 "DATE '1995-01-01' group by n_name order by revenue desc"},
      {"Q6",
       "select sum(l_extendedprice * l_discount) from lineitem where l_shipdate >= DATE '1994-01-01' and "
       "l_shipdate < DATE '1995-01-01' and l_discount between 0.05 and 0.07 and l_quantity < 24"},
      {"Q10", "select c_custkey, c_name, " + revenue +
                  " revenue, c_acctbal, n_name from customer, orders, lineitem, "
                  "nation where c_custkey = o_custkey and l_orderkey = o_orderkey and o_orderdate >= DATE "
                  "'1993-10-01' and "
                  "o_orderdate < DATE '1994-01-01' and l_returnflag = 'R' and c_nationkey = n_nationkey "
                  "group by all "
                  "order by revenue desc limit 20"},
      {"Q12",
       "select l_shipmode, sum(case when o_orderpriority in ('1-URGENT', '2-HIGH') then 1 else 0 end), "
       "count(*) "
       "from orders, lineitem where o_orderkey = l_orderkey and l_shipmode in ('MAIL', 'SHIP') and "
       "l_commitdate < "
       "l_receiptdate and l_shipdate < l_commitdate and l_receiptdate >= DATE '1994-01-01' and l_receiptdate "
       "< "
       "DATE '1995-01-01' group by all order by all"},
      {"Q14",
       "select 100.00 * sum(case when p_type like 'PROMO%' then l_extendedprice * (1 - l_discount) else 0 "
       "end) / " +
           revenue +
           " from lineitem, part where l_partkey = p_partkey and l_shipdate >= DATE '1995-09-01' and "
           "l_shipdate < DATE '1995-10-01'"},
      {"Q18",
       "select c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) from customer, "
       "orders, "
       "lineitem where o_orderkey in (select l_orderkey from lineitem group by l_orderkey having "
       "sum(l_quantity) > "
       "190) and c_custkey = o_custkey and o_orderkey = l_orderkey group by all order by o_totalprice desc, "
       "o_orderdate limit 100"},
  };
}

void measure() {
  const Workplace place("tpch_bench");
  OpenLake lake(place.path() + "/lake");
  duckdb::DuckDB database(place.path() + "/own.duckdb");
  duckdb::Connection peer(database);
  for (const auto& [name, query] : tables()) {
    lake.run("create table " + name + " as " + query);
    lake.run("call lake_flush('" + name + "')");
    run(peer, "create table " + name + " as from " + lake.files_of(name));
  }
  run(peer, "checkpoint");
  for (const auto& [name, query] : queries()) {
    compare(
        name + ", TPC-H-shaped, scale 1", "DuckDB's own file", {}, kRounds, [&] { lake.run(query); },
        [&] { run(peer, query); });
  }
}

}  // namespace
}  // namespace lake::bench

int main() {
  lake::bench::measure();
  return 0;
}
