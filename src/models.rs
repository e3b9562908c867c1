//! Which model goes where: the model named in the body leads to an ordered list of targets.

use std::collections::HashMap;

use crate::chat::ServiceTier;
use crate::config::{Errors, Name, Node, Pattern, settings};
use crate::cost::{Asked, Kind, Price, Prices, table};
use crate::handover::TargetRef;
use crate::tenant::Caller;
use crate::tokens::Count;
use crate::wire::json::Writer;

settings! {
    /// A model, an alias or a family of models, and where it may go.
    pub struct Route {
        /// The name clients use. `*` stands for any run of characters; an exact name beats a pattern, and the pattern
        /// with more written text beats the others.
        pub name: Pattern,
        /// Where it goes, in order: Envoy's retries try one after the other.
        pub targets: Vec<RouteTarget>,
        /// How the tokens of a request are counted before it is answered, where a limit, a budget or a header wants to know.
        pub count: Count = Count::Exact,
        /// Names to show in `/v1/models` for a pattern, which cannot be listed itself.
        pub listed: Vec<String> = Vec::new(),
    }
    check = Route::can_be_used;
}

settings! {
    /// One place a model may go.
    pub struct RouteTarget {
        /// The Envoy cluster; a provider filter stands in its `http_filters`.
        pub cluster: String,
        /// The model to ask for there, if its name differs.
        pub model: Option<String>,
        /// Where it is, for tenants that may use some `regions` only.
        pub region: Option<Name>,
        /// The provider there, by its `id` or its preset's name: so that its price is known before it has answered, for
        /// `/v1/models` and budgets. If left out, the first provider that the bundled table has the model of is taken.
        pub provider: Option<Name>,
    }
}

impl Route {
    /// What [`Models::label`] may call its models.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.listed.iter().map(String::as_str))
    }

    /// The clusters it leads to, each with the models that are asked for there by a name it has.
    pub fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.name.is_exact().then(|| self.name.as_str());
        let names = move || own.into_iter().chain(self.listed.iter().map(String::as_str));
        self.targets.iter().flat_map(move |target| {
            let renamed = target.model.as_deref();
            let kept = if renamed.is_some() { None } else { Some(names()) };
            renamed.into_iter().chain(kept.into_iter().flatten()).map(|model| (target.cluster.as_str(), model))
        })
    }

    fn can_be_used(&self, node: Node<'_>, errors: &mut Errors) {
        if self.targets.is_empty() {
            errors.add(node.key("targets"), "a model without a target cannot be answered; give at least one");
        }
        for (at, target) in self.targets.iter().enumerate() {
            let list = node.key("targets");
            let place = list.index(at);
            if target.cluster.is_empty() {
                errors.add(place.key("cluster"), "expected the name of an Envoy cluster, got an empty text");
            }
            if target.model.as_deref() == Some("") {
                errors
                    .add(place.key("model"), "expected a model name, got an empty text; leave it out to keep the name");
            }
        }
        for (at, name) in self.listed.iter().enumerate() {
            if !self.name.matches(name) {
                errors.add(node.key("listed").index(at), "this name does not match the route's own `name`");
            }
        }
    }
}

impl RouteTarget {
    /// Where it is, if that is said.
    pub fn region(&self) -> Option<&str> {
        self.region.as_ref().map(Name::as_str)
    }
}

impl Route {
    fn is_within_reach(&self, caller: &Caller) -> bool {
        self.targets.iter().any(|target| caller.may_reach(target.region()))
    }
}

/// All routes, ready to be asked.
pub struct Models {
    routes: Vec<Route>,
    exact: HashMap<String, usize>,
    /// Routes with a `*`, the narrowest first.
    patterns: Vec<usize>,
}

impl Models {
    /// Indexes the routes.
    pub fn new(routes: Vec<Route>, node: Node<'_>, errors: &mut Errors) -> Self {
        errors.refuse_repeats(node, "name", routes.iter().map(|route| route.name.as_str()));
        let is_exact = |at: &usize| routes.get(*at).is_some_and(|route| route.name.is_exact());
        let (exact, mut patterns): (Vec<usize>, Vec<usize>) = (0..routes.len()).partition(is_exact);
        patterns.sort_by_key(|at| std::cmp::Reverse(routes.get(*at).map(|route| route.name.specificity())));
        let exact = exact.into_iter().filter_map(|at| Some((routes.get(at)?.name.as_str().to_owned(), at))).collect();
        Self { routes, exact, patterns }
    }

    fn find(&self, model: &str) -> Option<&Route> {
        let at = self.exact.get(model).copied().or_else(|| {
            let fits = |at: &&usize| self.routes.get(**at).is_some_and(|route| route.name.matches(model));
            self.patterns.iter().find(fits).copied()
        })?;
        self.routes.get(at)
    }

    /// Where a model may go, in order, of the targets whose region is allowed; None if no route knows it.
    pub fn targets(&self, model: &str, allowed: impl Fn(Option<&str>) -> bool) -> Option<Vec<TargetRef>> {
        let targets = self.find(model)?.targets.iter();
        let targets = targets.filter(|target| allowed(target.region()));
        let targets = targets.map(|target| TargetRef {
            cluster: target.cluster.clone(),
            model: target.model.as_deref().unwrap_or(model).to_owned(),
        });
        Some(targets.collect())
    }

    /// How the tokens of a request for a model are to be counted.
    pub fn count(&self, model: &str) -> Count {
        self.find(model).map_or(Count::Exact, |route| route.count)
    }

    /// What a model is called in metrics: a name that the operator wrote, its own or its route's pattern. Never the
    /// client's own words, which would make a time series each.
    pub fn label(&self, model: &str) -> Option<&str> {
        let route = self.find(model)?;
        let listed = route.listed.iter().find(|name| *name == model);
        Some(listed.map_or(route.name.as_str(), String::as_str))
    }

    /// The price of a model before anybody was asked: that of its first target.
    pub fn price<'p>(&self, model: &str, prices: &'p Prices) -> Option<Price<'p>> {
        let target = self.find(model)?.targets.first()?;
        let provider = target.provider.as_ref().map_or("", Name::as_str);
        let preset = if table::Section::named(provider).is_some() { provider } else { "" };
        prices.find(&Asked { provider, preset, model: target.model.as_deref().unwrap_or(model), answered: "" })
    }

    /// All that [`Models::label`] may say.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().flat_map(Route::labels)
    }

    /// The names of all routes, as written.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().map(|route| route.name.as_str())
    }

    /// The clusters that models go to.
    pub fn clusters(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().flat_map(|route| &route.targets).map(|target| target.cluster.as_str())
    }

    /// The names a caller can ask for and find in a list.
    fn names<'m>(&'m self, caller: &'m Caller) -> impl Iterator<Item = &'m str> {
        let written = self.routes.iter().filter(|route| route.is_within_reach(caller)).flat_map(|route| {
            let own = route.name.is_exact().then(|| route.name.as_str());
            own.into_iter().chain(route.listed.iter().map(String::as_str))
        });
        written.filter(|name| caller.may_use(name))
    }

    /// The body of `GET /v1/models`, in the shape that this dialect's clients read.
    pub fn list(&self, caller: &Caller, dialect: Dialect, prices: &Prices) -> Vec<u8> {
        let mut json = Writer::with_capacity(512);
        json.open();
        if dialect == Dialect::OpenAi {
            json.key("object").string("list");
        }
        json.key(if dialect == Dialect::Gemini { "models" } else { "data" }).open_array();
        self.names(caller).for_each(|name| self.entry(&mut json, name, dialect, caller, prices));
        json.close_array();
        if dialect == Dialect::Anthropic {
            json.key("has_more").bool(false);
            for (key, name) in [("first_id", self.names(caller).next()), ("last_id", self.names(caller).last())] {
                match name {
                    Some(name) => json.key(key).string(name),
                    None => json.key(key).null(),
                };
            }
        }
        json.close();
        json.out
    }

    /// The body of `GET /v1/models/{id}`; None if the caller has no such model.
    pub fn one(&self, caller: &Caller, model: &str, dialect: Dialect, prices: &Prices) -> Option<Vec<u8>> {
        if !caller.may_use(model) || !self.find(model)?.is_within_reach(caller) {
            return None;
        }
        let mut json = Writer::with_capacity(256);
        self.entry(&mut json, model, dialect, caller, prices);
        Some(json.out)
    }

    /// One model, with its windows and the caller's prices where they are known. No clients read the creation time, which
    /// nobody here knows.
    fn entry(&self, json: &mut Writer, name: &str, dialect: Dialect, caller: &Caller, prices: &Prices) {
        json.open();
        match dialect {
            Dialect::Anthropic => {
                json.key("type").string("model").key("id").string(name).key("display_name").string(name);
                json.key("created_at").string("1970-01-01T00:00:00Z");
            }
            Dialect::Gemini => {
                json.key("name").string(&format!("models/{name}")).key("displayName").string(name);
                json.key("supportedGenerationMethods").raw(r#"["generateContent","countTokens"]"#);
            }
            Dialect::OpenAi => {
                json.key("id").string(name).key("object").string("model").key("created").number(0);
                json.key("owned_by").string("postern");
            }
        }
        if let Some(price) = self.price(name, prices) {
            let windows = match dialect {
                Dialect::Gemini => ["inputTokenLimit", "outputTokenLimit"],
                Dialect::OpenAi | Dialect::Anthropic => ["max_input_tokens", "max_output_tokens"],
            };
            for (key, tokens) in windows.into_iter().zip([price.max_input_tokens, price.max_output_tokens]) {
                if tokens > 0 {
                    json.key(key).number(tokens);
                }
            }
            let rates = price.rates(ServiceTier::Standard, 0);
            for (key, kind) in PRICES {
                if let Some(price) = rates.own(kind) {
                    json.key(key).raw(&price.usd_each(caller.price_markup_basis_points()));
                }
            }
        }
        json.close();
    }
}

/// What a price is called in a list of models: LiteLLM's names, in dollars for one.
const PRICES: [(&str, Kind); 6] = [
    ("input_cost_per_token", Kind::Input),
    ("output_cost_per_token", Kind::Output),
    ("cache_read_input_token_cost", Kind::CacheRead),
    ("cache_creation_input_token_cost", Kind::CacheWrite),
    ("output_cost_per_image", Kind::Image),
    ("input_cost_per_request", Kind::Request),
];

/// Whose clients read a list of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's, and everybody's who has no list of its own.
    OpenAi,
    /// Anthropic's.
    Anthropic,
    /// Gemini's.
    Gemini,
}

impl Dialect {
    /// That of a format's clients.
    pub fn of(format: &str) -> Self {
        match format {
            "anthropic_messages" => Self::Anthropic,
            "gemini" => Self::Gemini,
            _ => Self::OpenAi,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn models(routes: &[&str]) -> Models {
        let routes = routes.iter().map(|json| parse::<Route>(json.as_bytes()).unwrap().0).collect();
        Models::new(routes, Node::root(&serde_json::Value::Null), &mut Errors::new())
    }

    #[test]
    fn an_exact_name_beats_a_pattern_and_the_narrower_pattern_the_wider() {
        let models = models(&[
            r#"{"name":"*","targets":[{"cluster":"any"}]}"#,
            r#"{"name":"gpt-*","targets":[{"cluster":"gpt"}]}"#,
            r#"{"name":"gpt-4*","targets":[{"cluster":"gpt4"}]}"#,
            r#"{"name":"gpt-4o","targets":[{"cluster":"first","model":"real"},{"cluster":"second"}]}"#,
        ]);
        for (model, wanted) in [
            ("gpt-4o", "first real, second gpt-4o"),
            ("gpt-4.1", "gpt4 gpt-4.1"),
            ("gpt-5", "gpt gpt-5"),
            ("x", "any x"),
        ] {
            let targets: Vec<_> =
                models.targets(model, |_| true).unwrap().iter().map(|t| format!("{} {}", t.cluster, t.model)).collect();
            assert_eq!(targets.join(", "), wanted);
        }
        assert_eq!(models.label("gpt-4o"), Some("gpt-4o"));
        assert_eq!(models.label("gpt-4.1-anything-a-client-says"), Some("gpt-4*"));
    }

    #[test]
    fn a_list_shows_what_the_tenant_may_use_in_every_shape() {
        let models = models(&[
            r#"{"name":"gpt-4o","targets":[{"cluster":"a"}]}"#,
            r#"{"name":"claude-*","listed":["claude-haiku-4-5"],"targets":[{"cluster":"b"}]}"#,
            r#"{"name":"secret","targets":[{"cluster":"c"}]}"#,
        ]);
        let caller = Caller::planted(r#"{"models":["gpt-*","claude-*"],"price_markup_basis_points":1250}"#);
        let prices = Prices::new(Vec::new());
        let list =
            |dialect| serde_json::from_slice::<serde_json::Value>(&models.list(&caller, dialect, &prices)).unwrap();
        let ids = |list: &serde_json::Value| {
            list["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&list(Dialect::OpenAi)), ["gpt-4o", "claude-haiku-4-5"]);
        assert_eq!(ids(&list(Dialect::Anthropic)), ["gpt-4o", "claude-haiku-4-5"]);
        // 2.5 dollars a million and an eighth more.
        let written = String::from_utf8(models.list(&caller, Dialect::OpenAi, &prices)).unwrap();
        let first = r#""owned_by":"postern","max_input_tokens":128000,"max_output_tokens":16384,"input_cost_per_token":0.0000028125,"output_cost_per_token":0.00001125,"cache_read_input_token_cost":0.00000140625}"#;
        assert!(written.contains(first), "{written}");
        assert_eq!(list(Dialect::Anthropic)["data"][1]["max_input_tokens"], 200_000);
        assert_eq!(list(Dialect::Gemini)["models"][1]["inputTokenLimit"], 200_000);
        let unknown = models.one(&caller, "claude-other", Dialect::OpenAi, &prices).unwrap();
        assert!(!String::from_utf8(unknown).unwrap().contains("cost"), "no price is not a price of nothing");
        assert_eq!(list(Dialect::Anthropic)["last_id"], "claude-haiku-4-5");
        let names = ["models/gpt-4o", "models/claude-haiku-4-5"];
        let google = list(Dialect::Gemini);
        assert!(google["models"].as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).eq(names));
        assert!(models.one(&caller, "claude-other", Dialect::OpenAi, &prices).is_some());
        assert!(models.one(&caller, "secret", Dialect::Gemini, &prices).is_none());
    }
}
