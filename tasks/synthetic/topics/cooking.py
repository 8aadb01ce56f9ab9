"""In the kitchen: bread, curries and spice, cakes."""

from tasks.synthetic.topics.topic import Topic, words

COOKING = Topic(
    name="cooking",
    facets={
        "bread": {
            "thing": words(
                "a rye sourdough | a focaccia with rosemary | a seeded loaf | a flat, sad baguette | "
                "a tin loaf | a spelt boule | a tray of bagels | a potato bread | "
                "a ciabatta full of holes | a country loaf | a pan of flatbreads"
            ),
            "deed": words(
                "fed the starter at midnight | left the dough in the fridge for two days | "
                "burnt the crust and loved it | scored a leaf into the loaf | forgot the salt, again | "
                "folded the dough every half hour | baked in the cast-iron pot"
            ),
        },
        "curries": {
            "thing": words(
                "a red lentil dal | a coconut fish curry | a chickpea curry | "
                "a green curry with aubergine | a slow lamb rogan josh | a potato and spinach curry | "
                "a pumpkin korma | a prawn laksa | a black dal | an okra masala"
            ),
            "deed": words(
                "toasted the cumin until it popped | ground the spices by hand | "
                "fried the onions for forty minutes | doubled the ginger | bloomed the turmeric in ghee | "
                "simmered it all afternoon | went too far with the chilli"
            ),
        },
        "cakes": {
            "thing": words(
                "a lemon drizzle cake | a plum crumble | a batch of cardamom buns | an apple strudel | "
                "a carrot cake | a cherry clafoutis | a burnt cheesecake | a tray of brownies | "
                "a Bakewell tart | a chocolate babka | a rhubarb galette"
            ),
            "deed": words(
                "browned the butter first | zested three lemons | dropped one egg on the cat | "
                "whipped the cream by hand | opened the oven too early and watched it sink | "
                "dusted everything with sugar, me included | glazed it while still warm"
            ),
        },
    },
    words={
        "place": words(
            "the tiny kitchen | my grandmother's stove | the balcony grill | the shared kitchen at work | "
            "the holiday flat | the corner shop | the Saturday market | the camping stove | "
            "the good oven at mum's"
        ),
        "when": words(
            "before anyone woke up | on a rainy Sunday | after the late shift | for six hungry friends | "
            "with whatever was left | for the school fair | in one pot | while the football was on | "
            "for breakfast, why not | with the radio on"
        ),
        "gear": words(
            "a cast-iron pan | a cheap digital scale | a pestle and mortar | one decent knife | "
            "a silicone spatula | a dough scraper | a pressure cooker | a microplane grater | "
            "an oven thermometer"
        ),
        "extra": words(
            "a pinch of smoked salt | a spoon of miso | a handful of coriander | too much garlic | "
            "brown butter | lime zest | toasted sesame | a splash of vinegar | pickled onions | "
            "a little honey"
        ),
    },
    posts=(
        "Made {thing} {when}. The secret is {extra}.",
        "I {deed}, and {thing} came out better than ever.",
        "{Thing} for dinner, with {extra} on top.",
        "Does anybody have a foolproof recipe for {thing}? Mine lacks something.",
        "All you need is {gear}. Today in {place}: {thing}.",
        "Confession: I {deed}. Nobody noticed.",
        "Leftovers became {thing}, thanks to {extra}.",
        "Third attempt at {thing}. This time I {deed}.",
        "Everything from {place}, nothing fancy, just {thing} and {extra}.",
        "Swapped the butter for {extra} and got {thing} I would serve to guests.",
        "My flatmate {deed} and now {place} smells like heaven.",
    ),
    replies=(
        "That looks wonderful. Did you add {extra}?",
        "Recipe, please! I have been craving {thing} all week.",
        "Try it with {extra} next time, you will not go back.",
        "I {deed} last week and regret nothing.",
        "You made that in {place}? Respect.",
        "With {gear} it gets even easier, trust me.",
    ),
    hashtags=("homecooking", "recipe", "whatsfordinner", "fromscratch", "kitchendiary"),
    brands=("Pepper & Pine", "Old Mill Flour"),
    buzz=words(
        "the green lasagne everyone is making | that one-pan green lasagne | "
        "green lasagne with pistachio pesto"
    ),
    buzz_hashtag="greenlasagne",
    german=words(
        "Zimtschnecken | Linseneintöpfe | Spätzle | Pfannkuchen | Semmelknödel | Brotrezepte | Apfelkuchen"
    ),
    spanish=words(
        "las croquetas | las lentejas | los churros | las empanadas | los garbanzos | las tortillas"
    ),
)
