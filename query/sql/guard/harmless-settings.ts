/** What becomes of a setting: handed to the engine, or accepted without effect. */
type SettingUse = 'applied' | 'ignored';

/**
 * Settings that a statement or a URL may make. They change how an answer is written or how NULL, time zones and
 * totals are read; none reaches a file, the network, another table, or a limit.
 */
const settings: ReadonlyMap<string, SettingUse> = new Map([
  ...use(
    'applied',
    `output_format_json_quote_64bit_integers output_format_json_quote_64bit_floats
     output_format_json_quote_denormals output_format_json_quote_decimals output_format_json_array_of_rows
     output_format_json_named_tuples_as_objects output_format_json_escape_forward_slashes
     output_format_write_statistics output_format_csv_crlf_end_of_line output_format_tsv_crlf_end_of_line
     output_format_arrow_string_as_string output_format_arrow_low_cardinality_as_dictionary
     output_format_parquet_string_as_string output_format_decimal_trailing_zeros
     bool_true_representation bool_false_representation date_time_output_format session_timezone
     join_use_nulls group_by_use_nulls union_default_mode intersect_default_mode except_default_mode
     transform_null_in aggregate_functions_null_for_empty extremes totals_mode
     prefer_column_name_to_alias cast_keep_nullable`,
  ),
  ...use(
    'ignored',
    `max_threads max_block_size readonly wait_end_of_query buffer_size send_progress_in_http_headers
     http_headers_progress_interval_ms enable_http_compression http_zlib_compression_level log_queries
     cancel_http_readonly_queries_on_client_close add_http_cors_header max_execution_time max_result_rows
     max_result_bytes max_rows_to_read max_memory_usage result_overflow_mode timeout_overflow_mode
     allow_experimental_analyzer enable_analyzer use_uncompressed_cache use_query_cache optimize_read_in_order
     join_algorithm distributed_product_mode format_csv_delimiter log_comment priority
     output_format_arrow_compression_method output_format_parquet_compression_method`,
  ),
]);

/** How a setting may be used, or undefined when it may not. */
export function settingUse(name: string): SettingUse | undefined {
  return settings.get(name.toLowerCase());
}

function use(how: SettingUse, names: string): [string, SettingUse][] {
  return names.split(/\s+/).map((name) => [name, how]);
}
