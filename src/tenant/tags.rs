//! Tags: words by name that say for whom and what for a request is, for records, reports and limits.

/// The tags of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<(String, String)>);

impl Tags {
    /// The value of that tag.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every tag, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a tag, unless there is one of that name.
    pub fn add(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl<'t> FromIterator<(&'t str, &'t str)> for Tags {
    fn from_iter<I: IntoIterator<Item = (&'t str, &'t str)>>(tags: I) -> Self {
        let mut read = Self::default();
        tags.into_iter().for_each(|(name, value)| read.add(name, value));
        read
    }
}
