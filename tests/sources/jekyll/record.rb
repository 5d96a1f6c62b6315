# Builds each site below a directory as `jekyll build` does, and writes what Jekyll and its plugins made of its posts,
# pages and static files beside it: <site>.json, or <site>.err where the build was aborted. A process for each site, because Jekyll keeps global caches.
require "cgi"
require "json"
require "jekyll"
require "jekyll-feed"
require "jekyll-seo-tag"
require "jekyll-sitemap"

class AbsoluteUrl
  include Jekyll::Filters::URLFilters

  def initialize(site)
    @context = Struct.new(:registers).new({ :site => site })
  end
end

def plain(html)
  CGI.unescapeHTML(html.gsub(/<[^>]*>/, "")).split.join(" ")
end

# What jekyll-seo-tag wrote; nothing where a layout or page does not ask for it.
def seo(doc)
  return unless doc.output.to_s.include?("Jekyll SEO tag")

  found = doc.output.scan(%r!<meta (?:name|property)="([^"]+)" content="([^"]*)"!).to_h
  found["canonical"] = doc.output[%r!<link rel="canonical" href="([^"]*)"!, 1]
  found.transform_values { |text| CGI.unescapeHTML(text) }
end

def facts(doc, urls)
  {
    "path"       => doc.path.delete_prefix("#{Dir.pwd}/"),
    "collection" => doc.collection.label,
    "url"        => doc.url,
    "id"         => doc.id,
    "feed_id"    => urls.absolute_url(doc.id),
    "draft"      => doc.data["draft"] == true && !doc.site.show_drafts,
    "date"       => doc.date.xmlschema,
    "title"      => doc.data["title"].to_s,
    "categories" => Array(doc.data["categories"]).map(&:to_s),
    "tags"       => Array(doc.data["tags"]).map(&:to_s),
    "excerpt"    => plain(doc.data["excerpt"].to_s),
    "seo"        => seo(doc),
  }.compact
end

Jekyll::Hooks.register :site, :after_init do |site|
  site.config["time"] = ENV.fetch("RECORD_TIME")
  site.config["feed"] = (site.config["feed"] || {}).merge("posts_limit" => 1000)
end

Jekyll::Hooks.register :site, :post_write do |site|
  urls = AbsoluteUrl.new(site)
  posts = site.documents.grep(Jekyll::Document).select(&:write?)
  pages = site.pages.select { |page| page.instance_of?(Jekyll::Page) && (page.html? || page.url.end_with?("/")) }
  File.write("#{Dir.pwd}.json", JSON.generate(
    "posts"  => posts.map { |doc| facts(doc, urls) },
    "pages"  => pages.to_h { |page| [page.path, { "url" => page.url, "seo" => seo(page) }.compact] },
    "static" => site.static_files.map { |file| urls.absolute_url(file.url) },
  ))
end

Dir.glob("#{ARGV.fetch(0)}/*/").sort.each do |site|
  root = site.chomp("/")
  Process.wait(fork do
    Dir.chdir(root)
    $stdout.reopen(File::NULL)
    $stderr.reopen("#{root}.err")
    Jekyll::Commands::Build.process("destination" => "#{root}.out", "disable_disk_cache" => true)
  end)
end
