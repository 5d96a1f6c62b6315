# What Ruby makes of YAML scalars, as Debian's Jekyll 4.3.1 reads front matter (Utils.safe_load_yaml, Utils.parse_date).
# Reads a JSON array of [zone, source] on standard input, writes a JSON array of answers. Called by tests/content/ruby.py.
require "date"
require "json"
require "psych"
require "time"

def load(source)
  Psych.safe_load("key: #{source}\n", permitted_classes: [Date, Time], aliases: true)["key"]
end

def date(source)
  Time.parse(load(source).to_s).localtime.strftime("%Y-%m-%dT%H:%M:%S%:z")
rescue StandardError
  "error"
end

def typed(source)
  value = load(source)
  case value
  when nil then "null"
  when true, false then "bool #{value}"
  when Integer then "int #{value}"
  when Float then "float #{value}"
  when Date then "date #{value.iso8601}"
  when Time then "time #{value.strftime('%Y-%m-%dT%H:%M:%S%:z')}"
  else "str #{value}"
  end
rescue StandardError
  "error"
end

answers = JSON.parse($stdin.read).map do |zone, source|
  ENV["TZ"] = zone
  ARGV[0] == "dates" ? date(source) : typed(source)
end
puts JSON.generate(answers)
