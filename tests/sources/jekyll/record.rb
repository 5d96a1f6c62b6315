# Loaded into Jekyll as a plugin: writes what it made of each post to the file that RECORD_TO names, as JSON.
require "cgi"
require "json"
require "jekyll-feed"

Jekyll::Hooks.register :site, :after_init do |site|
  site.config["time"] = ENV.fetch("RECORD_TIME")
  site.config["feed"] = (site.config["feed"] || {}).merge("posts_limit" => 1000)
end

class AbsoluteUrl
  include Jekyll::Filters::URLFilters

  def initialize(site)
    @context = Struct.new(:registers).new({ :site => site })
  end
end

def plain(html)
  CGI.unescapeHTML(html.gsub(/<[^>]*>/, "")).split.join(" ")
end

Jekyll::Hooks.register :site, :post_write do |site|
  urls = AbsoluteUrl.new(site)
  posts = site.documents.grep(Jekyll::Document).select(&:write?).map do |doc|
    {
      "path"       => doc.path.delete_prefix("#{Dir.pwd}/"),
      "collection" => doc.collection.label,
      "url"        => doc.url,
      "id"         => doc.id,
      "feed_id"    => urls.absolute_url(doc.id),
      "draft"      => doc.data["draft"] == true && !site.show_drafts,
      "date"       => doc.date.xmlschema,
      "title"      => doc.data["title"].to_s,
      "categories" => Array(doc.data["categories"]).map(&:to_s),
      "tags"       => Array(doc.data["tags"]).map(&:to_s),
      "excerpt"    => plain(doc.data["excerpt"].to_s),
    }
  end
  File.write(ENV.fetch("RECORD_TO"), JSON.generate(posts))
end
